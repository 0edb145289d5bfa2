def IndexView(request):
   is_login = request.session.get('IS_LOGIN', False)
   if is_login:
       username = request.session.get('username')
       return render(request, 'online/index.html', {'username':username, })
   else:
       return redirect(reverse('online:login'))
