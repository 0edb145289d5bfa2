def LogIn(request):
    if request.method == 'POST':
        username = request.POST.get('username')
        pwd = request.POST.get('pwd')
        member = Member.objects.filter(username = username, password = pwd)
        if member:
            request.session['IS_LOGIN'] = True
            request.session['username'] = username
            return redirect(reverse('online:index'))
        else:
            return render(request, 'online/login.html')
    return render(request, 'online/login.html')
