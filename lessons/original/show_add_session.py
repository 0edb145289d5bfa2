def show_add_session(request):
    """自增session"""
    has_key = False
    # 判断浏览器访问时是否有session对象
    if request.session.has_key('res'):
        res = request.session.get('res')
        has_key = True

    if has_key:
        response = render(request, 'booktest/add.html', {"res": res})
    else:
        response = render(request, 'booktest/add.html', {'res': 0})
        request.session['res'] = 0
    return response
